"""From labelled runs to answers: frozen results, no I/O."""
