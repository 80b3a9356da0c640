"""What can be scored and on what, for the help of `kgan evaluate`: nothing is imported here."""

# The names are those of `kgan.metrics.card.METRICS` and `kgan.metrics._open.KINDS`.
HELP = """\
Real samples are the data's split test where there is one, and copies are looked for in train.

metrics:
  fid kid is            Fréchet and kernel distance, classifier score: FID, KID and Inception
                        Score on the Inception graph of 2015, under no such name elsewhere
  precision recall      is it like the data; is it all of the data
  density coverage      the same, counted by neighbours
  swd                   sliced Wasserstein distance
  classes kl            classes found, and how far their shares are from the data's
  conditional_accuracy intra_fid
                        is a sample of the class given; the distance within classes
  l1 rmse psnr ssim     of a translator: how near to the pictures they should be
  ct authenticity copies
                        does it repeat its training set
  modes high_quality_rate
                        points of ring and grid: modes found, samples on one
Settings are part of a name, and must then be those of this evaluation:
  fid/inception-2015/50000/clean

extractors:
  classifier            a small network that learns the data's labels once; the default with labels
  raw                   the pixels or points themselves; the default without
  inception             the 2015 graph that FID is defined on; inception:URL-or-PATH
  keras-inception       Keras' InceptionV3, which gives no FID; keras-inception:WEIGHTS
  saved:PATH            a .keras file or a SavedModel of yours

examples:
  kgan evaluate runs/dcgan_digits
  kgan evaluate runs/dcgan_digits --metrics fid recall --samples 2000 --repeats 5
  kgan evaluate saved_models/digits --against digits --out digits_scores
  kgan evaluate ~/generated --against ~/photos --extractor inception
  kgan evaluate ~/generated --against ~/photos --data.labels true
"""
