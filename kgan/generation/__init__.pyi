from ._sample import sample as sample
from ._sample import translate as translate
from ._sample import walk as walk
from .latents import combine as combine
from .latents import mix as mix
from .latents import project as project
from .latents import project_picture as project_picture
