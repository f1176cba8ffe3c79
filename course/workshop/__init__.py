"""For whoever leads a workshop: the plan, the papers, a bundle for bad Wi-Fi, the day before.

Does not know grading.
"""
