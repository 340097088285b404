"""The exercises of the lessons in `notebooks/`, one module a lesson.

They stand apart from the notebooks, so that a reader does not meet the answer above the question.
"""
