"""Native libraries that open model files, in a process of their own: without the vault's keys, without network.

A model file is foreign data for a parser in C++. Whatever it does there happens to a child that was started afresh (no
memory of ours, hardly any environment), closed itself off before it loaded anything (`wall`), and is started again
when it breaks. What comes back from it is data that is looked at before it is used (`frames`, `process`).
"""
