"""Oracle NetSuite: customers, posted invoices and the credit memos that reverse them.

`capability` says what it can do, `connector` is the door, `operations` shapes the requests,
`records` reads objects and the ids in answers, `references` turns names into ids, `feed` polls
changes by SuiteQL, `login` has both auth schemes, `errors` is the vendor's error table.
"""
