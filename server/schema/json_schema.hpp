#pragma once

#include "data/layer.hpp"
#include "server/schema/schema.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server::schema {

/// What a JSON Schema is for (OGC API – Features Part 5, 23-058r2, and Part 4): features as they are answered, or bodies to create, replace or update
/// one. What is worked out from the geometry is answered and not sent; an update needs nothing.
enum class SchemaUse : std::uint8_t { answers, create, replace, update };
/// "create", "replace" or "update", as ?type= says; nothing for other words.
[[nodiscard]] std::optional<SchemaUse> schema_use_named(std::string_view name) noexcept;

/// One declared property as a JSON Schema (draft 2020-12): type, format, enum with `x-keyaki-titles`, maxLength, minimum, maximum, default, title in
/// Japanese, `x-keyaki-title_en`, readOnly and x-ogc-unit for what is computed.
[[nodiscard]] nlohmann::ordered_json json_schema_of(const Property &property);

/// The schema of a layer's features: id and geometry by x-ogc-role, then the declared properties with x-ogc-propertySeq; `id_address` is its $id.
[[nodiscard]] nlohmann::ordered_json feature_json_schema(const Schema &schema, const data::LayerSpec &layer, const std::string &id_address,
                                                         SchemaUse use);

} // namespace keyaki::server::schema
