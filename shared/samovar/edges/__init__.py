"""The doors: an event of some platform on one side, samovar's types on the other."""
