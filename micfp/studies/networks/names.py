"""The experiments of networks: their targets, and what a reader calls them."""

# Methods beside each other.
COMPARISONS = {
    "paper-table5": "Eight methods (Table V)",
    "paper-table6": "Time and size (Table VI)",
    "paper-ablation": "Blocks left out (Tables VII and VIII)",
    "paper-lean": "How small the network can be (its question in VI)",
    "paper-transfer": "Transfer (Table IX)",
    "related": "What the paper reviews (II)",
    "networks": "A plain CNN and a plain recurrent network",
}
# Classifiers, in one setting after another.
SETTINGS = {
    "content": "Trained on one kind of sound, tested on another",
    "units": "Units of one model",
}
EXPERIMENTS = COMPARISONS | SETTINGS
