"""What a text is worth before it is finished: a critic's word on how others go on from there."""

import tensorflow as tf


def rollout_rewards(judge, writer, tokens, latents):
    """Returns Q [B, T + 1]: what a judge says of texts that keep the first t tokens, in the mean.

    Args:
        judge: tokens [N, T] to values [N, 1].
        writer: the `LSTMLanguageModel` that writes on.
        tokens: [B, T] int32, finished texts.
        latents: [B, R, T, T] from N(0, I), of R rollouts.

    Returns:
        float32 [B, T + 1]: of texts that keep none, that keep one, …; the last column is the
        judge's word on `tokens` themselves.

    Reference: Eq. 4, Yu et al. 2017, arXiv:1609.05473.
    """
    length = tokens.shape[1]
    # One at a time: side by side they would fill the memory with odds of every token.
    values = tf.map_fn(
        lambda drawn: judge(tf.reshape(writer.roll_out(tokens, drawn), (-1, length))),
        tf.transpose(latents, (1, 0, 2, 3)),
        parallel_iterations=1,
        fn_output_signature=tf.TensorSpec((None, 1), tf.float32),
    )
    before = tf.reshape(tf.reduce_mean(values, axis=0), (-1, length))
    return tf.concat([before, judge(tokens)], axis=1)
