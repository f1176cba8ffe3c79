# %% [markdown]
# # 07 · Quantization
# x
# %%
import course
