# %% [markdown]
# # 00 · Shapes
# **After this lesson you can** say what a shape is.
#
# **5 minutes · runs on any machine · needs nothing before it**
# %%
import mlx.core as mx

import course
from course import check, measured, predict

# %% [markdown]
# ## Rows come first
# How many numbers has an array of shape (2, 3)?
# %%
predict("shapes.size", None)
# %%
x = mx.arange(6).reshape(2, 3)
measured("shapes.size", x.size)
# %% [markdown]
# And how many bytes are they, at four bytes a number?
# %%
predict("shapes.nbytes", None, "bytes")
# %% tags=["nbval-ignore-output"]
measured("shapes.nbytes", x.nbytes, "bytes")
# %% tags=["claim:shapes.rows_first"]
print(x.reshape(-1).tolist() == list(range(6)))
# %% [markdown]
# How many rows are left when the columns are summed?
# %%
predict("shapes.rows", None)


# %%
def row_sums(x):
    return x.sum(axis=0)


measured("shapes.rows", row_sums(x).shape[0])
# %%
check("row_sums", row_sums)
print(course.__name__)
# %% [markdown]
# ## What to keep
# - A shape is a tuple.
