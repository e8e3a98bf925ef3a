"""From lesson scripts to a site, in the order of the flow.

    lesson, navigation      what there is, and in which order
    run (execute, runner, pool, cache)      outputs = run(stale lessons)
    guards                  what the tests, the preview and the build say about a lesson
    check (approved, alone)                 all of that and more, for one lesson
    stage (notebook, page, prose, cards, feed, runtime)     pages as data, for one language
    ../hooks.py             hands them to MkDocs; the only file that imports it
    finish (formulas, security, offline, publish)           the written site, page by page

`python docs` has the commands.
"""
