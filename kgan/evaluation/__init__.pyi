from ._evaluate import evaluate as evaluate
from .callback import Evaluator as Evaluator
from .compare import compare_recipes as compare_recipes
from .diagnosis.doctor import Doctor as Doctor
