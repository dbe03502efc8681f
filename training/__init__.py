"""How the bundled model is made: data, training, evaluation, export and its card."""
