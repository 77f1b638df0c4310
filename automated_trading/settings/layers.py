"""The form every setting has before it is judged, and the order in which the places that tell it are heard.

Law of the room: a layer is one place's words, names in lower case, secrets already sealed. What an earlier
layer tells, a later one cannot change; nothing here reads the environment or a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from automated_trading.domain.errors import ConfigError

COMMAND_LINE: Final = "--set"
OPTIONS: Final = "command line"
ENVIRONMENT: Final = "environment"
DOTENV: Final = ".env"
TOML: Final = "trading.toml"
DEFAULT: Final = "default"

TOLD: Final = "told"
"""The type of a validation error whose message is meant for the owner as it stands."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What one place tells: where that is, and its values under their lower-case names."""

    origin: str
    values: Mapping[str, object]


class Layered(BaseSettings):
    """Settings whose sources are the layers they are made from, and nothing else.

    In a field, `title` is what its value must be and `description` what it means.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, validate_default=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Hear the layers handed to `of`, in their order, in place of the library's own sources."""
        layers: Sequence[Layer] = init_settings()["layers"]
        return tuple(InitSettingsSource(settings_cls, dict(layer.values)) for layer in layers)

    @classmethod
    def of(cls, layers: Sequence[Layer]) -> Self:
        """The settings these layers tell, the first that tells one deciding. Raises ConfigError for the first
        value that cannot stand."""
        try:
            return cls.model_validate({"layers": layers})
        except ValidationError as problem:
            first = problem.errors(include_url=False)[0]
        name = str(first["loc"][0])
        must = first["msg"] if first["type"] == TOLD else f"must be {cls.model_fields[name].title}"
        layer = next(layer for layer in layers if name in layer.values)
        told = f"{spelled(name, layer.origin)}={shown(layer.values[name])}"
        raise ConfigError(f"{told} ({layer.origin}) {must}")


def spelled(name: str, origin: str) -> str:
    """A setting's name as it is written in that place."""
    return name.lower() if origin == TOML else name.upper()


def shown(value: object) -> str:
    """A value as one short line of ASCII; never a secret, nor an address that may carry one."""
    text = value if isinstance(value, str) else str(value)
    if isinstance(value, SecretStr) or "@" in text or "?" in text:
        return "(not shown)"
    return ascii(text)[1:-1] if len(text) <= 60 else ascii(text[:57])[1:-1] + "..."
