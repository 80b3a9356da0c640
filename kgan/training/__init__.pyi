from .callbacks import MetricsLog as MetricsLog
from .callbacks import NaNGuard as NaNGuard
from .callbacks import Progress as Progress
from .callbacks import SampleGrid as SampleGrid
from .loop import train as train
