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
        switch (m_random() % 10) {
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
