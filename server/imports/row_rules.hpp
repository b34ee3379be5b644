#pragma once

#include "data/layer.hpp"
#include "geo/feature.hpp"
#include "importers/importer.hpp"
#include "server/schema/schema.hpp"

#include <optional>

namespace keyaki::server::imports {

/// Whether a layer takes a file's feature: its type of geometry, and the types and bounds that the layer's schema declares.
class RowRules {
  public:
    explicit RowRules(data::LayerSpec spec);

    [[nodiscard]] const data::LayerSpec &spec() const noexcept { return m_spec; }
    /// Brings the properties into the declared types and adds the computed ones; or the refusal, and the feature is as it came.
    [[nodiscard]] std::optional<importers::Refusal> apply(geo::Feature &feature, std::uint64_t row) const;

  private:
    [[nodiscard]] bool fits(const geo::Geometry &geometry) const noexcept;

    data::LayerSpec m_spec;
    schema::Schema m_schema;
};

} // namespace keyaki::server::imports
