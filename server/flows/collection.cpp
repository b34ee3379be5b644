#include "server/flows/collection.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace keyaki::server {

LayerReference parse_layer_reference(std::string_view name) {
    const std::size_t at = name.find('@');
    LayerReference reference{name.substr(0, at), std::nullopt};
    if (at == std::string_view::npos) {
        return reference;
    }
    const std::string_view digits = name.substr(at + 1);
    std::uint64_t revision = 0;
    const auto [stop, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), revision);
    if (failure != std::errc() || stop != digits.data() + digits.size() || digits.front() == '0') {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected a revision's number after \"{}@\", found \"{}\"", reference.id, digits));
    }
    reference.revision = revision;
    return reference;
}

std::optional<Collection> find_collection(Snapshots &snapshots, std::string_view name) {
    const LayerReference reference = parse_layer_reference(name);
    const auto catalogue = snapshots.catalogue();
    const auto served = std::find_if(catalogue->layers.begin(), catalogue->layers.end(), [&](const ServedLayer &layer) {
        return layer.layer.spec.id == reference.id && layer.layer.spec.visibility == data::Visibility::everyone;
    });
    if (served == catalogue->layers.end()) {
        return std::nullopt;
    }
    if (reference.revision && *reference.revision < served->layer.public_from) {
        return std::nullopt;
    }
    Snapshot snapshot = reference.revision ? snapshots.at_revision(reference.id, *reference.revision) : served->snapshot;
    if (!snapshot) {
        return std::nullopt;
    }
    return Collection{std::string(name), served->layer.spec, std::move(snapshot), reference.revision.has_value()};
}

} // namespace keyaki::server
