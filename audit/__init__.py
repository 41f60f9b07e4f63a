"""tasleek: audits Arabic call-centre recordings for dismissive handling."""

__version__ = "0.1.0"
