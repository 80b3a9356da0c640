from ._evaluate import evaluate as evaluate
from .callback import Evaluator as Evaluator
from .diagnosis.doctor import Doctor as Doctor
