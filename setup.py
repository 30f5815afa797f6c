"""What pre-commit installs for the hook `tlslint`: nothing of its own, and the wheel that holds the program.

The program itself is built by `pypi/pyproject.toml`.
"""

from setuptools import setup

setup(
    name="tlslint-pre-commit",
    version="0.0.0",
    install_requires=["tlslint==0.1.0"],
    packages=[],
    py_modules=[],
)
