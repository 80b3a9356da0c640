from ._sample import sample as sample
from ._sample import walk as walk
from ._translate import translate as translate
from ._translate import translate_picture as translate_picture
from .latents import combine as combine
from .latents import mix as mix
from .latents import project as project
from .latents import project_picture as project_picture
