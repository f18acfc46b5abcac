"""What pyproject.toml cannot say: files outside leaklab/ travel in the wheel, as leaklab/_files/."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TRAVEL = ("data/*", "lessons/[0-9]*/*.py", "lessons/[0-9]*/*.json", "lessons/[0-9]*/*.png")


class BuildWithFiles(build_py):
    def run(self):
        super().run()
        if self.editable_mode:  # an editable install reads the checkout itself
            return
        for source in (path for pattern in TRAVEL for path in Path(".").glob(pattern)):
            target = Path(self.build_lib, "leaklab", "_files", source)
            self.mkpath(str(target.parent))
            self.copy_file(str(source), str(target))


setup(cmdclass={"build_py": BuildWithFiles})
