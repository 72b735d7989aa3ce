"""What is fitted: classifiers, mixtures, networks, and how they are kept in files."""

# The root of the parameters is composed from the classifiers: whichever of the two packages is
# imported first, `micfp.config` must be first to run. Goes as soon as `Params` lies above both.
