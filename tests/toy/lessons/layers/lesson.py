# %% [markdown]
# # 01 · Layers
# **After this lesson you can** write a layer.
#
# **5 minutes · runs on any machine · needs lesson 00**
# %%
import mlx.core as mx
import mlx.nn as nn

import course
from course import measured, predict

# %% [markdown]
# How many parameters has a layer from 3 to 5 numbers?
# %%
predict("layers.parameters", None)
# %%
layer = nn.Linear(3, 5)
measured("layers.parameters", sum(p.size for p in layer.parameters().values()))
# %% [markdown]
# And without its bias?
# %%
predict("layers.without_bias", None)
# %%
measured("layers.without_bias", nn.Linear(3, 5, bias=False).weight.size)
# %% [markdown]
# What is the last number of its result's shape?
# %%
predict("layers.shape", None)
# %%
measured("layers.shape", layer(mx.ones((2, 3))).shape[-1])
print(course.__name__)
# %% [markdown]
# ## What to keep
# - A layer is a class.
