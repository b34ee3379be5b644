#include "tests/data/data_fixture.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace keyaki;
using namespace keyaki::test;
using data::Store;

// Random edits against a model that keeps every state as a map, and has no idea of changes, rows or indexes.

namespace {

class Model {
  public:
    explicit Model(unsigned seed) : m_random(seed) {}

    void step() {
        switch (m_random() % 16) {
        case 0:
        case 1:
        case 2:
        case 3: edit(Store::DraftMode::merge); break;
        case 4: edit(Store::DraftMode::replace); break;
        case 5: abandon(); break;
        case 6:
        case 7: publish(); break;
        case 8: rollback(); break;
        case 9: discard(); break;
        case 10:
        case 11:
        case 12: edit_features(data::LayerEdit::Target::draft); break;
        case 13:
        case 14:
        case 15: edit_features(data::LayerEdit::Target::published); break;
        default: break;
        }
        compare();
    }

    void compare_all_pairs() {
        for (std::size_t from = 0; from < m_revisions.size(); ++from) {
            for (std::size_t to = 0; to < m_revisions.size(); ++to) {
                compare_changes(from, to);
            }
        }
        const auto problems = m_fixture.store().check();
        INFO((problems.empty() ? "" : problems.front()));
        CHECK(problems.empty());
    }

  private:
    geo::Feature random_feature() {
        const std::string id = "f" + std::to_string(m_random() % 12);
        return point_feature(id, 139 + static_cast<double>(m_random() % 3), 35, static_cast<std::int64_t>(m_random() % 2));
    }

    /// Puts and removes without naming an id twice; into the store through `writer`, into the model through `target`.
    void edit_into(data::DraftWriter &writer, Features &target, bool may_remove) {
        std::map<std::string, bool> named;
        for (auto count = m_random() % 8; count > 0; --count) {
            geo::Feature feature = random_feature();
            if (!named.emplace(feature.id, true).second) {
                continue;
            }
            if (may_remove && m_random() % 3 == 0) {
                writer.remove(feature.id);
                target.erase(feature.id);
            } else {
                target[feature.id] = feature;
                writer.put(std::move(feature));
            }
        }
    }

    void edit(Store::DraftMode mode) {
        const auto writer = m_fixture.store().write_draft("shelters", mode, "staff:hanako");
        Features next = mode == Store::DraftMode::merge ? m_draft : Features();
        edit_into(*writer, next, mode == Store::DraftMode::merge);
        if (m_random() % 4 == 0 && m_draft != m_revisions.back()) {
            m_fixture.publish(); // publishing the draft of before does not disturb an import that is running
            m_revisions.push_back(m_draft);
        }
        const auto changes = writer->commit();
        m_draft = next;
        check_counts(changes);
    }

    /// Single features, some of them against a version that is not there any more. What the model does not take, the store must not take either.
    void edit_features(data::LayerEdit::Target target) {
        const bool is_draft = target == data::LayerEdit::Target::draft;
        data::LayerEdit edit{"shelters", target, {}, "staff:hanako", "at a screen", some_time_us, std::nullopt};
        Features next = is_draft ? m_draft : m_revisions.back();
        Features next_draft = m_draft;
        bool is_taken = true;
        std::map<std::string, bool> named;
        for (auto count = 1 + m_random() % 3; count > 0; --count) {
            data::FeatureEdit one{static_cast<data::EditKind>(m_random() % 3), random_feature(), std::nullopt, m_random() % 2 == 0};
            const std::string id = one.feature.id;
            if (!named.emplace(id, true).second) {
                continue;
            }
            const bool is_possible =
                may_be_made(one, is_draft ? m_draft : m_revisions.back(), is_draft ? data::LayerState::draft() : data::LayerState());
            is_taken = is_taken && is_possible && (is_draft || !changes(one, m_revisions.back()) || !is_in_draft(id));
            for (Features *state : {&next, &next_draft}) {
                if (one.kind == data::EditKind::remove) {
                    state->erase(id);
                } else {
                    (*state)[id] = one.feature;
                }
            }
            edit.edits.push_back(std::move(one));
        }
        const data::EditOutcome outcome = m_fixture.store().edit_features(edit);
        CHECK(outcome.conflicts.empty() == is_taken);
        if (!is_taken) {
            CHECK_FALSE(outcome.has_changed);
            return;
        }
        const Features &before = is_draft ? m_draft : m_revisions.back();
        CHECK(outcome.has_changed == (next != before));
        CHECK(outcome.revision.has_value() == (!is_draft && next != before));
        if (!is_draft && next != before) {
            m_revisions.push_back(next);
        }
        m_draft = next_draft;
    }

    /// Chooses what the edit expects, now and then wrongly; says whether it can be made.
    bool may_be_made(data::FeatureEdit &one, const Features &state, data::LayerState which) {
        const auto found = state.find(one.feature.id);
        if (one.kind == data::EditKind::create) {
            return found == state.end();
        }
        if (found == state.end()) {
            return false;
        }
        if (m_random() % 2 == 0) {
            one.expected = m_fixture.store().find_feature("shelters", which, one.feature.id).value().version;
            if (m_random() % 4 == 0) {
                one.expected->front() ^= 1U;
                return false;
            }
        }
        return true;
    }

    static bool changes(const data::FeatureEdit &one, const Features &state) {
        const auto found = state.find(one.feature.id);
        return one.kind == data::EditKind::remove || found == state.end() || found->second != one.feature;
    }

    [[nodiscard]] bool is_in_draft(const std::string &id) const {
        const auto was = m_revisions.back().find(id);
        const auto is = m_draft.find(id);
        return (was == m_revisions.back().end()) != (is == m_draft.end()) || (is != m_draft.end() && was->second != is->second);
    }

    void abandon() {
        const auto writer = m_fixture.store().write_draft("shelters", Store::DraftMode::merge, "staff:hanako");
        Features nowhere;
        edit_into(*writer, nowhere, true);
    }

    void publish() {
        if (m_draft == m_revisions.back()) {
            CHECK_FALSE(m_fixture.store().find_layer("shelters")->has_draft);
            CHECK_THROWS_AS(m_fixture.publish(), geo::Error);
            return;
        }
        m_fixture.publish();
        m_revisions.push_back(m_draft);
    }

    void rollback() {
        if (m_revisions.size() < 3) {
            return;
        }
        const std::size_t revision = 1 + m_random() % (m_revisions.size() - 2);
        const Features &before = m_revisions.back();
        const Features after = m_revisions[revision];
        // The draft as what it does to single features: that is laid over what comes back.
        Features next = after;
        for (int number = 0; number < 12; ++number) {
            const std::string id = "f" + std::to_string(number);
            const auto was = before.find(id);
            const auto is = m_draft.find(id);
            const bool same = (was == before.end()) == (is == m_draft.end()) && (was == before.end() || was->second == is->second);
            if (!same && is == m_draft.end()) {
                next.erase(id);
            } else if (!same) {
                next[id] = is->second;
            }
        }
        m_fixture.rollback(revision);
        m_revisions.push_back(after);
        m_draft = next;
    }

    void discard() {
        m_fixture.store().write([](data::WriteTransaction &transaction) { transaction.discard_draft("shelters", "staff:hanako", some_time_us); });
        m_draft = m_revisions.back();
    }

    void check_counts(const data::DraftChanges &changes) {
        data::DraftChanges expected;
        for (const auto &[id, feature] : m_draft) {
            const auto found = m_revisions.back().find(id);
            ++(found == m_revisions.back().end() ? expected.added : found->second == feature ? expected.unchanged : expected.changed);
        }
        for (const auto &[id, feature] : m_revisions.back()) {
            expected.removed += m_draft.count(id) == 0 ? 1U : 0U;
        }
        CHECK(changes.added == expected.added);
        CHECK(changes.changed == expected.changed);
        CHECK(changes.removed == expected.removed);
        CHECK(changes.unchanged == expected.unchanged);
    }

    void compare() {
        CHECK(draft(m_fixture.store()) == m_draft);
        CHECK(published(m_fixture.store()) == m_revisions.back());
        const auto layer = *m_fixture.store().find_layer("shelters");
        CHECK(layer.revision == m_revisions.size() - 1);
        CHECK(layer.feature_count == m_revisions.back().size());
        CHECK(layer.has_draft == (m_draft != m_revisions.back()));
        check_counts(m_fixture.store().draft_changes("shelters"));
        geo::LonLatBox bounds;
        for (const auto &[id, feature] : m_revisions.back()) {
            bounds.extend(feature.geometry.bounds());
        }
        CHECK(layer.bounds == bounds);
    }

    void compare_changes(std::size_t from, std::size_t to) {
        Features state = m_revisions[from];
        m_fixture.store().read_changes("shelters", from, to, [&state](data::Change &&change) {
            if (change.before) {
                CHECK(state.at(change.before->id) == *change.before);
                CHECK(!(change.after && *change.after == *change.before));
                state.erase(change.before->id);
            }
            if (change.after) {
                CHECK(state.emplace(change.after->id, *change.after).second);
            }
        });
        CHECK(state == m_revisions[to]);
    }

    std::mt19937 m_random;
    StoreFixture m_fixture;
    std::vector<Features> m_revisions{Features()}; ///< by number; 0 is nothing
    Features m_draft;
};

} // namespace

TEST_CASE("whatever is edited, published, discarded and rolled back, the store reads as the model says") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        Model model(seed);
        for (int step = 0; step < 40; ++step) {
            INFO("seed " << seed << ", step " << step);
            model.step();
        }
        INFO("seed " << seed);
        model.compare_all_pairs();
    }
}
