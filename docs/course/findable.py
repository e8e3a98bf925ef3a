"""The words by which readers look for a section, added to the search index.

The glossary says which section explains a term, what else the term is called, and what readers
type for it. The theme's search knows tags: words of a section that count more than its title.
"""

import json

from course import guards

PAGE, SECTION = 5, 2  # how many times the theme counts an entry of a page, of a section


def name_sections(site, language):
    """Give the entries of one language's index the names of what they explain."""
    path = site / "search" / "search_index.json"
    index, names = json.loads(path.read_text(encoding="utf-8")), _names(language)
    for entry in index["docs"]:
        if found := names.get(entry["location"]):
            entry["tags"] = found
            if "#" in entry["location"]:  # a section that explains a term counts as a page does
                entry["boost"] = PAGE / SECTION
    path.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _names(language):
    """{address of a section: names}."""
    found = {}
    for entry in guards.glossary(language):
        address = f"{entry['page']}/" + (entry["section"] and f"#{entry['section']}")
        names = [entry["term"], entry["other"], *guards.words(entry["aliases"])]
        names += guards.words(entry["found"])
        found.setdefault(address, []).extend(filter(None, names))
    return found
