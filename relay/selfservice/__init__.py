"""What a caller may do without an operator: hear the balance, block a card; only who is shown to be who he says."""
