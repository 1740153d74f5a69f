"""The yardstick of `samovar plan`: what the cheapest plan could cost, if it knew the future."""
