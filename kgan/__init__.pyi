from . import augmentation as augmentation
from . import data as data
from . import evaluation as evaluation
from . import export as export
from . import generation as generation
from . import layers as layers
from . import losses as losses
from . import metrics as metrics
from . import models as models
from . import networks as networks
from . import runs as runs
from . import serving as serving
from . import theory as theory
from . import training as training
from .runs.load import load as load

__version__: str
