"""Writes a section of config.toml."""


def section_lines(name: str, section: dict[str, object]) -> list[str]:
    """As it would stand in config.toml."""
    plain = {key: value for key, value in section.items() if not isinstance(value, dict)}
    lines = [f"\n[{name}]", *(f"{key} = {_toml(value)}" for key, value in plain.items())]
    for key, value in section.items():
        if isinstance(value, dict):
            lines += section_lines(f"{name}.{key}", value)
    return lines


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        str(value)
        if isinstance(value, int | float)
        else '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
    )
