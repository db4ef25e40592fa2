"""Validates events against the class Entity Management of OCSF, read by ocsf-lib.

Usage: ocsf_events.py SCHEMA EVENTS. SCHEMA is compiled by ocsf-lib from the published sources (see tests/ocsf/README.md).
Prints how many events hold, or fails with every fault.
"""

import json
import re
import sys

from ocsf.schema import from_file

PYTHON = {"string_t": str, "integer_t": int, "long_t": int, "boolean_t": bool, "timestamp_t": int, "username_t": str}


def check(schema, item, value, profiles, path, faults):
    attributes = {name: a for name, a in item.attributes.items() if a.profile is None or a.profile in profiles}
    for name, attribute in attributes.items():
        if attribute.requirement == "required" and name not in value:
            faults.append(f"{path}.{name} is missing")
    for name, found in value.items():
        attribute = attributes.get(name)
        where = f"{path}.{name}"
        if attribute is None:
            faults.append(f"{where} is not in the schema")
        elif name == "unmapped" or attribute.type == "json_t":
            continue
        elif attribute.is_array:
            if not isinstance(found, list):
                faults.append(f"{where} is no list")
        elif attribute.type in schema.objects or attribute.type == "object_t":
            kind = attribute.type if attribute.type in schema.objects else attribute.object_type
            if not isinstance(found, dict):
                faults.append(f"{where} is no object")
            else:
                check(schema, schema.objects[kind], found, profiles, where, faults)
        else:
            expected = PYTHON[attribute.type]
            if not isinstance(found, expected) or expected is int and isinstance(found, bool):
                faults.append(f"{where} is no {attribute.type}")
            elif attribute.enum and str(found) not in attribute.enum:
                faults.append(f"{where} is none of its values: {found}")
    # What ocsf-lib does not keep of a class: a number and the word beside it must say the same.
    for name, attribute in attributes.items():
        sibling = getattr(attribute, "sibling", None)
        if sibling and attribute.enum and name in value and sibling in value and value[name] != 99:
            if attribute.enum[str(value[name])].caption != value[sibling]:
                faults.append(f"{path}.{sibling} does not say what {name} does: {value[sibling]}")


def main(path, events):
    schema = from_file(path)
    event_class = schema.classes["entity_management"]
    faults, count = [], 0
    for number, line in enumerate(open(events, encoding="utf-8"), 1):
        event = json.loads(line)
        metadata = event.get("metadata", {})
        check(schema, event_class, event, set(metadata.get("profiles", [])), f"{number}", faults)
        if event["class_uid"] != event_class.uid or event["type_uid"] != event["class_uid"] * 100 + event["activity_id"]:
            faults.append(f"{number}.type_uid does not follow from class and activity")
        if metadata.get("version") != schema.version:
            faults.append(f"{number}.metadata.version is not {schema.version}")
        if not re.fullmatch(r"[0-9a-f-]{36}", metadata.get("uid", "")):
            faults.append(f"{number}.metadata.uid is no UUID")
        count += 1
    if faults:
        sys.exit("\n".join(faults[:50]))
    print(count)


main(*sys.argv[1:])
