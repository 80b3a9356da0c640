# Distances between two sets of features.
# Classes.
from ._classification import accuracy as accuracy
from ._classification import class_shares as class_shares
from ._classification import classification_accuracy_score as classification_accuracy_score

# Extractors of features.
from ._classifier import classifier as classifier

# Fidelity, diversity, copies of the training set.
from ._distances import count_close_pairs as count_close_pairs

# Pictures against their targets; the latent space; the game.
from ._duality_gap import duality_gap as duality_gap
from ._extractors import Extractor as Extractor
from ._extractors import Features as Features
from ._extractors import draw_samples as draw_samples
from ._extractors import raw as raw
from ._feature_cache import reference_features as reference_features
from ._fid import Gaussian as Gaussian
from ._fid import Moments as Moments
from ._fid import fid as fid
from ._fid import fid_bias as fid_bias
from ._fid import frechet_distance as frechet_distance
from ._fid import intra_class_fid as intra_class_fid
from ._image_quality import ms_ssim_diversity as ms_ssim_diversity
from ._image_quality import perceptual_distance as perceptual_distance
from ._image_quality import reconstruction as reconstruction
from ._inception import inception as inception
from ._inception import keras_inception as keras_inception
from ._inception_score import Predictions as Predictions
from ._inception_score import inception_score as inception_score
from ._inception_score import (
    inception_score_from_probabilities as inception_score_from_probabilities,
)
from ._kid import kid as kid
from ._kid import kid_blocks as kid_blocks

# Scores by name, and pages of them.
from ._measure import measure as measure
from ._measure import measure_pairs as measure_pairs
from ._memorisation import authenticity as authenticity
from ._memorisation import copy_rate as copy_rate
from ._memorisation import copy_threshold as copy_threshold
from ._memorisation import data_copying as data_copying
from ._memorisation import ideal_authenticity as ideal_authenticity
from ._memorisation import nearest_training as nearest_training
from ._modes import count_modes as count_modes
from ._open import check_extractor as check_extractor
from ._open import open_extractor as open_extractor
from ._path_length import perceptual_path_length as perceptual_path_length
from ._prdc import density_coverage as density_coverage
from ._prdc import ideal_coverage as ideal_coverage
from ._prdc import neighbourhoods as neighbourhoods
from ._prdc import precision_recall as precision_recall
from ._resizing import resize_clean as resize_clean
from ._saved_networks import load_network as load_network
from ._swd import laplacian_swd as laplacian_swd
from ._swd import swd as swd
from .card import Card as Card
from .card import MetricName as MetricName
from .card import Score as Score
from .card import parse_name as parse_name
from .card import resolve_name as resolve_name
from .report.page import Report as Report
