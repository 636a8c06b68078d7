"""What the tests of figures ask of Axes."""

from variance.plots.marks import told


def title(ax):
    return " ".join(ax.get_title(loc="left").split("\n"))


def says(ax):
    """Everything that marks say."""
    return [text for texts in told(ax.figure).values() for text in texts]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]
