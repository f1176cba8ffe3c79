# %% [markdown]
# # 16 · Decide
# **After this lesson you can** decide.
#
# **60 minutes · runs on any machine · needs lesson 00**
# %%
import course
