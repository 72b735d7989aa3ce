"""The HTML that a person reads: `build.build_report(results)`.

`published` reads what lies under results/, `numbers` turns numbers into words, the `section_*`
files say what there is to say as plain `blocks`, and `build` renders them.
"""
