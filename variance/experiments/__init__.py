"""What is trained: the protocol of an experiment, the built-in ones, plug-ins and users' files."""
