"""What is believed after the data: closed forms, mixtures, and draws where there is none."""
