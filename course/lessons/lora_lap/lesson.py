# %% [markdown]
# # 09
