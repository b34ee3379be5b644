#include "server/flows/collection.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace keyaki::server {

namespace {

constexpr std::string_view private_cache = "private, no-store";
constexpr std::string_view pinned_cache = "public, max-age=31536000, immutable";
constexpr std::string_view newest_cache = "public, max-age=5, stale-if-error=604800";

std::optional<Collection> find_draft(Snapshots &snapshots, std::string_view name, std::string_view id) {
    auto draft = snapshots.draft(id);
    if (!draft) {
        return std::nullopt;
    }
    return Collection{std::string(name), draft->layer.spec, std::move(draft->snapshot), false, true, draft->layer.draft_change};
}

/// From the catalogue by which it was decided who may see the layer: a newer one may hold what only staff may.
std::optional<Collection> find_published(Snapshots &snapshots, const Catalogue &catalogue, std::string_view name, const LayerReference &reference,
                                         bool is_for_staff) {
    const auto served =
        std::find_if(catalogue.layers.begin(), catalogue.layers.end(), [&](const ServedLayer &layer) { return layer.layer.spec.id == reference.id; });
    if (served == catalogue.layers.end()) {
        return std::nullopt;
    }
    Snapshot snapshot = reference.revision ? snapshots.at_revision(reference.id, *reference.revision) : served->snapshot;
    if (!snapshot) {
        return std::nullopt;
    }
    return Collection{std::string(name), served->layer.spec, std::move(snapshot), reference.revision.has_value(), is_for_staff};
}

} // namespace

std::string Collection::state() const {
    const std::string published = fmt::format("{}@{}", spec.id, snapshot->description().revision);
    return draft ? fmt::format("{}+{}", published, *draft) : published;
}

std::string Collection::paging_name() const { return draft ? spec.id + "@draft" : state(); }

std::string Collection::revision_header() const {
    return draft ? spec.id + "=draft" : fmt::format("{}={}", spec.id, snapshot->description().revision);
}

std::string Collection::page_cache_control() const { return std::string(is_private ? private_cache : newest_cache); }

std::string Collection::cache_control() const { return std::string(is_private ? private_cache : is_pinned ? pinned_cache : newest_cache); }

LayerReference parse_layer_reference(std::string_view name) {
    const std::size_t at = name.find('@');
    LayerReference reference{name.substr(0, at)};
    if (at == std::string_view::npos) {
        return reference;
    }
    const std::string_view state = name.substr(at + 1);
    if (state == "draft" || state == "diff") {
        reference.state = state == "draft" ? LayerReference::State::draft : LayerReference::State::difference;
        return reference;
    }
    std::uint64_t revision = 0;
    const auto [stop, failure] = std::from_chars(state.data(), state.data() + state.size(), revision);
    if (failure != std::errc() || stop != state.data() + state.size() || state.front() == '0') {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected a revision's number, or the word draft, after \"{}@\", found \"{}\"", reference.id, state));
    }
    reference.revision = revision;
    reference.state = LayerReference::State::revision;
    return reference;
}

bool is_public(const Catalogue &catalogue, const LayerReference &reference) {
    return !reference.is_of_draft() && std::any_of(catalogue.layers.begin(), catalogue.layers.end(), [&](const ServedLayer &served) {
        return served.layer.spec.id == reference.id && served.layer.spec.visibility == data::Visibility::everyone &&
               reference.revision.value_or(served.layer.revision) >= served.layer.public_from;
    });
}

std::optional<Collection> find_collection(Snapshots &snapshots, std::string_view name, const IsStaff &is_staff) {
    const LayerReference reference = parse_layer_reference(name);
    if (reference.state == LayerReference::State::difference) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("\"{}\" has tiles only; its features are at /collections/{}/draft/changes", name, reference.id));
    }
    const auto catalogue = snapshots.catalogue();
    const bool is_for_staff = !is_public(*catalogue, reference);
    if (is_for_staff && !is_staff(reference.id)) {
        return std::nullopt;
    }
    return reference.state == LayerReference::State::draft ? find_draft(snapshots, name, reference.id)
                                                           : find_published(snapshots, *catalogue, name, reference, is_for_staff);
}

} // namespace keyaki::server
