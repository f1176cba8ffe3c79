# %% [markdown]
# # 00 · Six exercises to grade
