"""Chain reaction (链式反应): how far a message spreads from chosen accounts, and which accounts to choose.

``network`` holds who can pass something on to whom and how likely, ``probabilities`` learns that from repost history,
``sampling`` draws reverse reachable sets, ``coverage`` picks accounts by them, ``imm`` says how many are needed for its
guarantee, and ``cascade`` plays the spread forward.
"""
