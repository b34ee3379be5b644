#include "server/flows/layer_importer.hpp"

#include "geo/error.hpp"
#include "geo/geodesic.hpp"
#include "importers/name_key.hpp"
#include "server/imports/feature_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::server {

using imports::MatchedBy;
using imports::MatchedFeature;

LayerImporter::LayerImporter(data::Store &store, const LayerImport &import, data::LayerSpec spec)
    : m_store(store), m_import(import), m_rules(std::move(spec)), m_layer(store.find_layer(m_rules.spec().id)), m_made(store, import.author),
      m_doubts(store, m_rules.spec().id, m_extra) {
    m_outcome.findings.conflict_rule = import.conflicts;
    if (m_layer && !import.is_dry_run) {
        // Before anything is compared: from here on nobody edits the layer, so that no edit is written over that was never looked at.
        m_writer = store.write_draft(m_rules.spec().id, import.mode, import.author);
        m_layer = store.find_layer(m_rules.spec().id);
        m_rules = imports::RowRules(m_layer->spec);
    }
    read_published();
    read_edits();
}

importers::ImportOptions LayerImporter::reading_options() const {
    importers::ImportOptions options = m_import.options;
    options.refuse_invalid = m_rules.spec().invalid_geometry == data::InvalidGeometry::refuse;
    return options;
}

void LayerImporter::read_published() {
    const std::uint64_t features = m_layer ? m_layer->feature_count : 0;
    if (features > imports::max_compared_features) {
        if (m_import.match == imports::MatchRule::name_and_place) {
            throw geo::Error(geo::ErrorKind::too_large,
                             fmt::format("expected a layer of at most {} features to match by name and place, found {} in {}",
                                         imports::max_compared_features, features, m_rules.spec().id));
        }
        m_extra.warn(fmt::format("layer {} has {} features, more than {}: rows were matched by id alone, and moves were not counted",
                                 m_rules.spec().id, features, imports::max_compared_features));
        return;
    }
    std::vector<MatchedFeature> known;
    known.reserve(features);
    if (features > 0) {
        m_store.read_features(m_rules.spec().id, data::LayerState::published(),
                              [&](geo::Feature &&feature) { known.push_back(matched_form(feature, 0)); });
    }
    m_matcher = std::make_unique<imports::FeatureMatcher>(std::move(known), m_import.match, m_import.match_radius_m);
    m_is_put.resize(m_matcher->known().size());
    m_outcome.findings.is_compared = true;
}

void LayerImporter::read_edits() {
    if (!m_layer || !m_layer->has_draft) {
        return;
    }
    m_store.read_draft_edits(m_rules.spec().id, [&](std::string &&id, std::optional<geo::Feature> &&now) {
        if (m_edits.size() >= imports::max_draft_edits) {
            throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected a draft of {} with at most {} edited features, found more: publish or "
                                                                    "discard it before the import",
                                                                    m_rules.spec().id, imports::max_draft_edits));
        }
        m_edits.emplace(std::move(id), Edit{std::move(now), false});
    });
    if (m_import.is_dry_run && m_import.mode == data::Store::DraftMode::merge) {
        m_store.read_draft_changes(m_rules.spec().id, [&](data::Change &&change) {
            m_other_changes.emplace(change.after ? change.after->id : change.before->id, change.kind);
        });
    }
}

MatchedFeature LayerImporter::matched_form(const geo::Feature &feature, std::uint64_t row) const {
    std::string name = imports::name_of(feature);
    const bool by_name = m_import.match != imports::MatchRule::key;
    std::string key = by_name ? importers::name_key(name) : std::string();
    return {feature.id, std::move(name), std::move(key), imports::place_of(feature), data::to_row(feature).content_hash, row};
}

void LayerImporter::take(geo::Feature &&feature, std::uint64_t row) {
    if (auto refusal = m_rules.apply(feature, row)) {
        ++m_extra.features;
        if (row != std::exchange(m_last_refused_row, row)) { // a row that became several features is refused once
            m_extra.refuse(*std::move(refusal));
        }
        return lose({std::move(feature.id), std::move(feature.properties), row});
    }
    ++m_taken;
    const bool has_own_id = !feature.id.empty();
    m_ids.give(feature);
    if (!m_matcher) {
        return settle(std::move(feature), row);
    }
    MatchedFeature form = matched_form(feature, row);
    m_doubts.look_at(form);
    // Without a name, what a row holds is all that it can be known by; an id of the file's own was not to count.
    const bool by_id = m_import.match != imports::MatchRule::name_and_place || (form.name_key.empty() && !has_own_id);
    if (const auto known = by_id ? m_matcher->take_by_id(feature.id) : std::nullopt) {
        count_match(has_own_id ? MatchedBy::id : MatchedBy::content);
        note_move(*known, form);
        return settle(std::move(feature), row);
    }
    if (m_matcher->may_match_by_name(form.name_key)) {
        return wait(std::move(feature), std::move(form), has_own_id);
    }
    settle_new(std::move(feature), row, has_own_id);
}

/// Of a file that only adds, a row more or less changes nothing that is there.
void LayerImporter::lose(const importers::LostRow &row) {
    if (!replaces() || !m_layer || m_layer->feature_count == 0) {
        return;
    }
    if (m_matcher) {
        const bool by_id = m_import.match != imports::MatchRule::name_and_place;
        const bool by_name = m_import.match != imports::MatchRule::key;
        m_lost.add({by_id ? row.id : "", by_name ? importers::name_key(imports::name_of(row.properties)) : "", row.row});
        return;
    }
    m_lost.add({row.id, "", row.row});
    if (m_lost.are_too_many()) {
        m_lost_ids = {};
    } else if (!row.id.empty()) {
        m_lost_ids.emplace(row.id, row.row);
    }
}

void LayerImporter::wait(geo::Feature &&feature, MatchedFeature &&form, bool has_own_id) {
    m_waiting_bytes += form.id.size() + form.name.size() + form.name_key.size() + feature.geometry.positions.size() * sizeof(geo::LonLat);
    for (const auto &[name, value] : feature.properties) {
        const auto *text = std::get_if<std::string>(&value);
        m_waiting_bytes += name.size() + sizeof(value) + (text == nullptr ? 0 : text->size());
    }
    m_waiting.push_back({std::move(feature), has_own_id});
    m_waiting_forms.push_back(std::move(form));
    if (m_waiting.size() > imports::max_waiting_rows || m_waiting_bytes > imports::max_waiting_bytes) {
        throw geo::Error(geo::ErrorKind::too_large,
                         fmt::format("expected at most {} rows of {} MiB whose names are known and whose ids are not, found more at row {}: match by "
                                     "key alone",
                                     imports::max_waiting_rows, imports::max_waiting_bytes >> 20U, m_waiting_forms.back().row));
    }
}

void LayerImporter::count_match(MatchedBy by) {
    imports::Findings &findings = m_outcome.findings;
    switch (by) {
    case MatchedBy::nothing: ++findings.unmatched; break;
    case MatchedBy::id: ++findings.matched_by_id; break;
    case MatchedBy::content: ++findings.matched_by_content; break;
    case MatchedBy::name_and_place: ++findings.matched_by_name_and_place; break;
    case MatchedBy::name: ++findings.matched_by_name; break;
    }
}

void LayerImporter::note_move(std::size_t known, const MatchedFeature &form) {
    const MatchedFeature &before = m_matcher->known()[known];
    const double distance_m = geo::distance_m(before.place, form.place);
    if (distance_m < imports::moved_floor_m) {
        return;
    }
    m_outcome.findings.moved.add({{before.id, form.name}, form.row, distance_m, before.place, form.place});
    if (distance_m > imports::far_move_m) {
        m_doubts.add_move(form, before.id, before.place, distance_m);
    }
}

void LayerImporter::take_match(WaitingRow &&waiting, const MatchedFeature &form, const imports::Match &match) {
    if (match.known) {
        count_match(match.by);
        note_move(*match.known, form);
        waiting.feature.id = m_matcher->known()[*match.known].id;
        return settle(std::move(waiting.feature), form.row);
    }
    if (!match.candidates.empty()) {
        imports::AmbiguousRow ambiguous{{"", form.name}, form.row, {}};
        for (const std::size_t candidate : match.candidates) {
            ambiguous.candidates.push_back({m_matcher->known()[candidate].id, m_matcher->known()[candidate].name});
        }
        m_doubts.add_ambiguous(form, match.candidates.size(), ambiguous.candidates.front().id);
        m_outcome.findings.ambiguous.add(std::move(ambiguous));
    }
    settle_new(std::move(waiting.feature), form.row, waiting.has_own_id);
}

void LayerImporter::take_waiting() {
    const std::vector<imports::Match> matches = m_matcher ? m_matcher->match_waiting(m_waiting_forms) : std::vector<imports::Match>();
    for (std::size_t i = 0; i < matches.size(); ++i) {
        take_match(std::move(m_waiting[i]), m_waiting_forms[i], matches[i]);
    }
    m_waiting.clear();
}

/// A new feature must not get the id of one that is there and is another.
void LayerImporter::settle_new(geo::Feature &&feature, std::uint64_t row, bool has_own_id) {
    count_match(MatchedBy::nothing);
    if (m_matcher && m_matcher->find(feature.id)) {
        if (has_own_id) {
            m_doubts.add_id_of_another(feature, row);
        }
        feature.id.clear();
        m_ids.give(feature);
        for (std::string base = feature.id; m_matcher->find(feature.id);) {
            feature.id = base + "-new";
            base = feature.id;
        }
    }
    settle(std::move(feature), row);
}

std::optional<LayerImporter::Content> LayerImporter::published_content(const std::string &id) const {
    if (m_matcher) {
        const auto known = m_matcher->find(id);
        return known ? std::optional(m_matcher->known()[*known].content) : std::nullopt;
    }
    const auto stored = m_layer ? m_store.find_feature(m_rules.spec().id, data::LayerState::published(), id) : std::nullopt;
    return stored ? std::optional(stored->version) : std::nullopt;
}

bool LayerImporter::draft_wins(const imports::MetFeature &met) {
    imports::MetFeature listed = met;
    const bool draft = m_import.conflicts == imports::ConflictRule::draft;
    listed.taken = draft ? "draft" : "file";
    m_outcome.findings.conflicts.add(std::move(listed));
    return draft;
}

void LayerImporter::settle(geo::Feature &&feature, std::uint64_t row) {
    const auto found = m_edits.find(feature.id);
    if (found == m_edits.end()) {
        return put(std::move(feature));
    }
    Edit &edit = found->second;
    edit.is_met = true;
    const std::optional<Content> file = data::to_row(feature).content_hash;
    const std::optional<Content> draft = edit.now ? std::optional(data::to_row(*edit.now).content_hash) : std::nullopt;
    const std::optional<Content> published = published_content(feature.id);
    const imports::MergeResult result = imports::merge(published, file, draft);
    imports::MetFeature met{{feature.id, imports::name_of(feature)}, row, published ? "changed" : "new", draft ? "changed" : "removed", "draft"};
    if (result == imports::MergeResult::draft) {
        met.file_says = "as published";
        m_outcome.findings.kept_edits.add(met);
    }
    const bool keeps_draft = result == imports::MergeResult::draft || (result == imports::MergeResult::conflict && draft_wins(met));
    if (!keeps_draft) {
        put(std::move(feature));
    } else if (edit.now) {
        put(geo::Feature(*edit.now));
    }
}

/// As it is published; or as somebody left it in the draft, since the file says nothing against that.
bool LayerImporter::keep_published(const std::string &id, std::uint64_t row) {
    auto stored = m_store.find_feature(m_rules.spec().id, data::LayerState::published(), id);
    if (!stored) { // only where it was known by nothing but the file's id
        return false;
    }
    const auto edit = m_edits.find(id);
    if (edit == m_edits.end() || edit->second.now) { // what somebody took away in the draft stays away
        m_outcome.findings.kept.add({{id, imports::name_of(stored->feature)}, row});
    }
    settle(std::move(stored->feature), row);
    return true;
}

/// Published features whose rows were refused: that a row cannot be taken does not say that the shelter is closed.
void LayerImporter::settle_lost() {
    if (m_lost.are_none()) {
        return;
    }
    if (m_matcher) {
        imports::LostRows::Resolved resolved = m_lost.resolve(*m_matcher);
        for (const auto &kept : resolved.kept) {
            keep_published(m_matcher->known()[kept.known].id, kept.row);
        }
        m_untold_rows = std::move(resolved.untold);
        return;
    }
    for (const auto &[id, row] : std::exchange(m_lost_ids, {})) {
        // One row may have become several features (importers/feature_gate).
        for (std::size_t part = 2; keep_published(part == 2 ? id : fmt::format("{}-{}", id, part - 1), row); ++part) {
        }
    }
    for (const imports::LostFeature &row : m_lost.rows()) {
        if (row.id.empty()) {
            m_untold_rows.push_back(row.row);
        }
    }
}

/// Where something is removed of which a refused row could have spoken.
void LayerImporter::warn_of_untold_rows(std::uint64_t removed) {
    if (removed > 0 && !m_untold_rows.empty()) {
        m_outcome.report.warn(
            fmt::format("{} refused rows, the first is row {}, have no id or name of a published feature: mend them if one of the {} features "
                        "that go is theirs",
                        m_untold_rows.size(), m_untold_rows.front(), removed));
    }
}

/// Features that the draft holds and the file does not name. A file that only adds says nothing of them.
void LayerImporter::settle_unmet_edits() {
    if (!replaces()) {
        return;
    }
    for (auto &[id, edit] : m_edits) {
        if (edit.is_met || !edit.now) {
            continue;
        }
        const bool is_published = published_content(id).has_value();
        const imports::MetFeature met{
            {id, imports::name_of(*edit.now)}, 0, is_published ? "removed" : "nothing", is_published ? "changed" : "added", "draft"};
        if (!is_published) {
            m_outcome.findings.kept_edits.add(met);
        }
        if (!is_published || draft_wins(met)) {
            put(geo::Feature(*edit.now));
        }
    }
}

void LayerImporter::put(geo::Feature &&feature) {
    if (const auto known = m_matcher ? m_matcher->find(feature.id) : std::nullopt) {
        m_is_put[*known] = true;
    }
    if (!m_lost_ids.empty()) {
        m_lost_ids.erase(feature.id);
    }
    if (m_import.is_dry_run) {
        return count(feature);
    }
    if (!m_writer) {
        m_made.ensure(m_rules.spec());
        m_writer = m_store.write_draft(m_rules.spec().id, m_import.mode, m_import.author);
    }
    m_writer->put(std::move(feature));
}

void LayerImporter::count(const geo::Feature &feature) {
    m_other_changes.erase(feature.id);
    if (!m_matcher) {
        return; // what is not compared is not counted
    }
    const auto published = published_content(feature.id);
    data::DraftChanges &changes = m_outcome.changes;
    if (!published) {
        ++changes.added;
    } else if (*published != data::to_row(feature).content_hash) {
        ++changes.changed;
    }
}

/// The part of a dry run's counts that no row of the file has.
void LayerImporter::count_rest() {
    data::DraftChanges &changes = m_outcome.changes;
    for (const auto &[id, kind] : m_other_changes) {
        ++(kind == data::ChangeKind::added ? changes.added : kind == data::ChangeKind::changed ? changes.changed : changes.removed);
    }
    if (replaces()) {
        changes.removed = static_cast<std::uint64_t>(std::count(m_is_put.begin(), m_is_put.end(), false));
    }
    changes.unchanged = m_is_put.size() - changes.changed - changes.removed;
    m_outcome.has_changes = m_matcher != nullptr;
}

void LayerImporter::list_removed() {
    if (!replaces()) {
        return;
    }
    for (std::size_t i = 0; i < m_is_put.size(); ++i) {
        if (!m_is_put[i]) {
            m_outcome.findings.removed.add({m_matcher->known()[i].id, m_matcher->known()[i].name});
        }
    }
}

void LayerImporter::refuse_empty(const importers::ImportReport &report) {
    if (m_taken > 0) {
        return;
    }
    if (report.rows_read == 0) {
        throw ImportRefused(geo::ErrorKind::invalid_input,
                            fmt::format("expected features or rows in {}, found none; nothing was changed", m_import.file.string()),
                            std::move(m_outcome));
    }
    const std::string sentence = fmt::format("none of the {} rows of {} could be taken; nothing was changed\n{}", report.rows_read,
                                             m_import.file.string(), importers::describe(report));
    throw ImportRefused(geo::ErrorKind::invalid_input, sentence, std::move(m_outcome));
}

/// The features of so many rows cannot be looked for, and to leave them out would close them.
void LayerImporter::refuse_too_many_lost(const importers::ImportReport &report) {
    if (m_lost.are_too_many()) {
        const std::string sentence =
            fmt::format("expected at most {} refused rows in a list that replaces layer {}, found {}: mend the file, or add to the layer instead; "
                        "nothing was changed\n{}",
                        imports::max_lost_rows, m_rules.spec().id, report.refused, importers::describe(report));
        throw ImportRefused(geo::ErrorKind::too_large, sentence, std::move(m_outcome));
    }
}

void LayerImporter::refuse_conflicts(const importers::ImportReport &) {
    const auto &conflicts = m_outcome.findings.conflicts;
    if (m_import.conflicts != imports::ConflictRule::refuse || conflicts.count() == 0) {
        return;
    }
    const std::string sentence =
        fmt::format("{} features were edited in the draft of {} and changed by {}, the first is {}; nothing was changed: say "
                    "whether the draft or the file is to be taken",
                    conflicts.count(), m_rules.spec().id, m_import.file.filename().string(), conflicts.entries().front().feature.id);
    throw ImportRefused(geo::ErrorKind::conflict, sentence, std::move(m_outcome));
}

ImportOutcome LayerImporter::conclude(importers::ImportReport &&report) {
    m_outcome.report = std::move(report);
    if (m_taken > 0) {
        take_waiting();
        settle_lost();
        settle_unmet_edits();
    }
    importers::add_to(m_outcome.report, std::move(m_extra));
    refuse_empty(m_outcome.report);
    refuse_too_many_lost(m_outcome.report);
    refuse_conflicts(m_outcome.report);
    list_removed();
    if (m_import.is_dry_run) {
        count_rest();
    } else {
        if (!m_writer) { // every row met a removal in the draft that stays
            m_writer = m_store.write_draft(m_rules.spec().id, m_import.mode, m_import.author);
        }
        m_outcome.changes = m_writer->commit();
        m_made.keep();
    }
    warn_of_untold_rows(m_outcome.changes.removed);
    return std::move(m_outcome);
}

} // namespace keyaki::server
