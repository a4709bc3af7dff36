"""RFM: how lately, how often and for how much a person buys, in each line of business by its own clock."""
