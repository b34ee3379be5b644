#pragma once

#include "server/flows/snapshots.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server {

/// A public layer as a collection of OGC API – Features, at one revision.
struct Collection {
    std::string name; ///< as it was asked for: "shelters" or "shelters@7"
    data::LayerSpec spec;
    Snapshot snapshot;
    bool is_pinned = false; ///< a revision was named: the content never changes

    [[nodiscard]] std::string revision_header() const { return spec.id + "=" + std::to_string(snapshot->description().revision); }
};

/// Finds "layer" or "layer@revision" among the public layers; Error invalid_input for a malformed revision.
[[nodiscard]] std::optional<Collection> find_collection(Snapshots &snapshots, std::string_view name);

/// "shelters@12" taken apart: the id and the revision, if one is named. Error invalid_input for a malformed number.
struct LayerReference {
    std::string_view id;
    std::optional<std::uint64_t> revision;
};
[[nodiscard]] LayerReference parse_layer_reference(std::string_view name);

} // namespace keyaki::server
