"""SavedModels are loaded from any folder, and in silence."""

import logging

import tensorflow as tf

from kgan.saved_model.loading import load


def save(folder):
    @tf.custom_gradient
    def double(x):
        return 2.0 * x, lambda upstream: 2.0 * upstream

    module = tf.Module()
    module.offset = tf.Variable(1.0)
    module.function = tf.function(
        lambda x: double(x) + module.offset, input_signature=[tf.TensorSpec([])]
    )
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(module, str(folder), options=options)


def test_a_folder_whose_name_is_a_pattern(tmp_path):
    save(tmp_path / "a[1]" / "3")
    assert float(load(tmp_path / "a[1]" / "3").function(3.0)) == 7.0


def test_gradients_that_nobody_asks_for_are_not_missed(tmp_path, capfd, caplog):
    save(tmp_path / "3")
    logger = logging.getLogger("absl")
    before = list(logger.filters)
    with caplog.at_level("WARNING", "absl"):
        tf.saved_model.load(str(tmp_path / "3"))
        assert "unsaved custom gradients" in caplog.text + capfd.readouterr().err
        caplog.clear()
        load(tmp_path / "3")
    assert "gradient" not in caplog.text + capfd.readouterr().err
    assert logger.filters == before
