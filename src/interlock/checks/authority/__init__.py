"""Who may originate a value: rules over `lineage`, which proves where values come from (R1-R4)."""
