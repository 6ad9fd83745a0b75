"""Salesforce over REST, SOQL and outbound messages.

`capability` says what it can do, `connector` is the door, `operations` shapes the requests,
`objects` knows which fields an object has, `feed` reads what changed, `outbound` what is pushed,
`errors` is the vendor's error table.
"""
