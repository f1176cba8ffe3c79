# %% [markdown]
# # 10 · serving
