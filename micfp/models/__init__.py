"""What is fitted: classifiers, mixtures, networks, and how they are kept in files."""
