#include "tests/data/data_fixture.hpp"

#include "data/limits.hpp"
#include "geo/error.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <ctime>
#include <map>
#include <optional>
#include <thread>

using namespace keyaki;
using namespace keyaki::test;
using data::EditConflict;
using data::EditKind;
using data::LayerEdit;

namespace {

LayerEdit edit_of(LayerEdit::Target target, std::vector<data::FeatureEdit> edits) {
    return {"shelters", target, std::move(edits), "staff:hanako", "at a screen", some_time_us, std::nullopt};
}

LayerEdit in_draft(std::vector<data::FeatureEdit> edits) { return edit_of(LayerEdit::Target::draft, std::move(edits)); }
LayerEdit published_now(std::vector<data::FeatureEdit> edits) { return edit_of(LayerEdit::Target::published, std::move(edits)); }

data::FeatureEdit create(geo::Feature feature) { return {EditKind::create, std::move(feature), std::nullopt, false}; }
data::FeatureEdit replace(geo::Feature feature) { return {EditKind::replace, std::move(feature), std::nullopt, false}; }
data::FeatureEdit removing(std::string_view id) { return {EditKind::remove, point_feature(id, 0, 0), std::nullopt, false}; }

/// Three shelters, published as revision 1.
struct Published : StoreFixture {
    Published() {
        import({point_feature("a", 139, 35), point_feature("b", 140, 36), point_feature("c", 141, 37)});
        publish();
    }
    std::string sentence_of(const LayerEdit &edit) {
        try {
            static_cast<void>(store().edit_features(edit));
        } catch (const geo::Error &error) {
            return error.what();
        }
        return "";
    }
    void require_sound() {
        const auto problems = store().check();
        INFO((problems.empty() ? "" : problems.front()));
        CHECK(problems.empty());
    }
};

} // namespace

TEST_CASE("one edit is one revision with just its features, and the outcome says the new version") {
    Published fixture;
    const auto outcome =
        fixture.store().edit_features(published_now({create(point_feature("d", 142, 38)), replace(point_feature("a", 139, 35, 7)), removing("c")}));
    REQUIRE(outcome.revision);
    CHECK(outcome.revision->number == 2);
    CHECK(outcome.revision->added == 1);
    CHECK(outcome.revision->changed == 1);
    CHECK(outcome.revision->removed == 1);
    CHECK(outcome.revision->feature_count == 3);
    CHECK(outcome.versions[1] == fixture.store().find_feature("shelters", data::LayerState::published(), "a")->version);
    CHECK_FALSE(outcome.versions[2]);
    CHECK_FALSE(fixture.store().find_feature("shelters", data::LayerState::published(), "c"));
    CHECK(fixture.store().find_feature("shelters", data::LayerState::at(1), "c"));
    const auto layer = *fixture.store().find_layer("shelters");
    CHECK(layer.bounds == geo::LonLatBox{139, 35, 142, 38});
    CHECK_FALSE(layer.has_draft);
    fixture.require_sound();
}

TEST_CASE("edits of one set are made together or not at all, and each conflict says what is there") {
    Published fixture;
    const auto seen = fixture.store().find_feature("shelters", data::LayerState::published(), "b")->version;
    REQUIRE(fixture.store().edit_features(published_now({replace(point_feature("b", 140, 36, 9))})).revision);
    const auto outcome = fixture.store().edit_features(published_now({create(point_feature("a", 1, 1)),
                                                                      {EditKind::replace, point_feature("b", 140, 36, 5), seen, false},
                                                                      removing("x"),
                                                                      replace(point_feature("c", 141, 37, 1))}));
    REQUIRE(outcome.conflicts.size() == 3);
    CHECK(outcome.conflicts[0].reason == EditConflict::Reason::exists);
    CHECK(outcome.conflicts[1].reason == EditConflict::Reason::differs);
    CHECK(outcome.conflicts[1].edit == 1);
    CHECK(outcome.conflicts[1].present->feature == point_feature("b", 140, 36, 9));
    CHECK(outcome.conflicts[2].reason == EditConflict::Reason::missing);
    CHECK_FALSE(outcome.conflicts[2].present);
    CHECK_FALSE(outcome.revision);
    CHECK(published(fixture.store()).at("c") == point_feature("c", 141, 37));
    CHECK(fixture.store().find_layer("shelters")->revision == 2);
}

TEST_CASE("a revision says how many features were changed by somebody who did not say what he had seen") {
    Published fixture;
    const auto seen = fixture.store().find_feature("shelters", data::LayerState::published(), "a")->version;
    const auto known = fixture.store().edit_features(
        published_now({{EditKind::replace, point_feature("a", 139, 35, 1), seen, false}, create(point_feature("d", 139, 35))}));
    CHECK(known.revision->unconditional == 0);
    const auto blind = fixture.store().edit_features(published_now({replace(point_feature("a", 139, 35, 2)), removing("d")}));
    CHECK(blind.revision->unconditional == 2);
    CHECK(fixture.store().revisions("shelters").front().unconditional == 2);
    // Of a draft it is kept until the draft is published, and forgotten with it.
    static_cast<void>(fixture.store().edit_features(in_draft({removing("b")})));
    fixture.store().write([](auto &books) { books.discard_draft("shelters", "staff:hanako", some_time_us); });
    static_cast<void>(fixture.store().edit_features(in_draft({replace(point_feature("c", 141, 37, 3))})));
    CHECK(fixture.publish().unconditional == 1);
    static_cast<void>(fixture.store().edit_features(in_draft({create(point_feature("e", 141, 37, 3))})));
    CHECK(fixture.publish().unconditional == 0);
}

TEST_CASE("an edit that changes nothing makes no revision and no draft") {
    Published fixture;
    for (const auto target : {LayerEdit::Target::draft, LayerEdit::Target::published}) {
        const auto outcome = fixture.store().edit_features(edit_of(target, {replace(point_feature("a", 139, 35))}));
        CHECK(outcome.conflicts.empty());
        CHECK_FALSE(outcome.has_changed);
        CHECK_FALSE(outcome.revision);
    }
    CHECK_FALSE(fixture.store().find_layer("shelters")->has_draft);
    CHECK(fixture.store().find_layer("shelters")->revision == 1);
}

TEST_CASE("a draft stays as it is when other features are published beside it, and its own are not published past it") {
    Published fixture;
    static_cast<void>(fixture.store().edit_features(in_draft({replace(point_feature("a", 139, 35, 100)), removing("b")})));
    const auto before = fixture.store().draft_changes("shelters");
    for (int capacity = 1; capacity <= 5; ++capacity) {
        REQUIRE(fixture.store().edit_features(published_now({replace(point_feature("c", 141, 37, capacity))})).revision);
    }
    CHECK(fixture.store().draft_changes("shelters").changed == before.changed);
    CHECK(fixture.store().draft_changes("shelters").removed == before.removed);
    CHECK(draft(fixture.store()) == Features{{"a", point_feature("a", 139, 35, 100)}, {"c", point_feature("c", 141, 37, 5)}});
    const auto outcome = fixture.store().edit_features(published_now({replace(point_feature("a", 139, 35, 8))}));
    REQUIRE(outcome.conflicts.size() == 1);
    CHECK(outcome.conflicts[0].reason == EditConflict::Reason::in_draft);
    CHECK(outcome.conflicts[0].present->feature == point_feature("a", 139, 35, 100));
    CHECK(fixture.store().edit_features(published_now({removing("b")})).conflicts.front().reason == EditConflict::Reason::in_draft);
    fixture.publish();
    CHECK(published(fixture.store()) == Features{{"a", point_feature("a", 139, 35, 100)}, {"c", point_feature("c", 141, 37, 5)}});
    fixture.require_sound();
}

TEST_CASE("what somebody edited in a draft is told apart from what imports brought, also when the draft gets new numbers") {
    Published fixture;
    const auto edited = [&] {
        std::map<std::string, std::optional<geo::Feature>> found;
        fixture.store().read_draft_edits("shelters", [&](std::string &&id, std::optional<geo::Feature> &&now) { found[id] = std::move(now); });
        return found;
    };
    fixture.import({point_feature("d", 139, 35)}, data::Store::DraftMode::merge);
    CHECK(edited().empty());
    REQUIRE(fixture.store().edit_features(published_now({replace(point_feature("c", 141, 37, 3))})).revision); // lifts the draft
    CHECK(edited().empty());
    fixture.rollback(1); // gives it a number of its own again
    CHECK(edited().empty());
    static_cast<void>(fixture.store().edit_features(in_draft({replace(point_feature("a", 139, 35, 9)), removing("b")})));
    CHECK(edited() == std::map<std::string, std::optional<geo::Feature>>{{"a", point_feature("a", 139, 35, 9)}, {"b", std::nullopt}});
    fixture.store().write([](data::WriteTransaction &transaction) { transaction.discard_draft("shelters", "staff:hanako", some_time_us); });
    CHECK(edited().empty());
    fixture.require_sound();
}

TEST_CASE("while an import into the layer runs nothing of it is edited, and the sentence says why") {
    Published fixture;
    const auto import = fixture.store().write_draft("shelters", data::Store::DraftMode::merge, "staff:taro");
    const std::string sentence = "editing features of layer shelters has to wait: an import into its draft is running";
    CHECK(fixture.sentence_of(in_draft({removing("a")})) == sentence);
    CHECK(fixture.sentence_of(published_now({removing("a")})) == sentence);
    import->put(point_feature("z", 139, 35));
    CHECK(import->commit().added == 1);
    CHECK(fixture.sentence_of(in_draft({removing("a")})).empty());
}

TEST_CASE("a set of edits that is wrong in itself is refused in a sentence") {
    Published fixture;
    CHECK(fixture.sentence_of(in_draft({})) == "expected 1 to 1000 edits of layer shelters at once, found 0; more is an import");
    CHECK(fixture.sentence_of(in_draft({removing("a"), removing("a")})) == "the id a comes twice in one set of edits of layer shelters");
    CHECK(fixture.sentence_of({"parks", LayerEdit::Target::draft, {removing("a")}, "staff", "", some_time_us, std::nullopt}) ==
          "there is no layer parks");
    LayerEdit checked = in_draft({removing("a")});
    checked.schema = "{}";
    CHECK(fixture.sentence_of(checked).find("the schema of layer shelters was changed") == 0);
    CHECK(published(fixture.store()).size() == 3);
}

TEST_CASE("every edit is in the audit log with its author, also beside others in one set") {
    Published fixture;
    static_cast<void>(fixture.store().edit_features(published_now({create(point_feature("d", 139, 35)), removing("a")})));
    static_cast<void>(fixture.store().edit_features(in_draft({replace(point_feature("b", 139, 35))})));
    const auto entries = fixture.store().audit(4);
    CHECK(entries[0].action == "feature.replace");
    CHECK(nlohmann::json::parse(entries[0].detail_json) == nlohmann::json{{"feature", "b"}, {"unconditional", true}, {"draft", true}});
    CHECK(entries[1].action == "layer.publish");
    CHECK(entries[2].action == "feature.remove");
    CHECK(entries[3].action == "feature.create");
    CHECK(nlohmann::json::parse(entries[3].detail_json) == nlohmann::json{{"feature", "d"}, {"unconditional", false}, {"revision", 2}});
    CHECK(entries[3].actor == "staff:hanako");
}

TEST_CASE("a changed schema is a revision with the same features, and a rollback brings the older schema back") {
    Published fixture;
    static_cast<void>(fixture.store().edit_features(in_draft({removing("b")})));
    data::LayerSpec spec = fixture.store().find_layer("shelters")->spec;
    spec.schema = R"({"properties":[]})";
    std::optional<data::Revision> revision;
    fixture.store().write([&](auto &books) { revision = books.update_layer(spec, "staff:taro", some_time_us, "declared"); });
    REQUIRE(revision);
    CHECK(revision->number == 2);
    CHECK(revision->message == "declared");
    CHECK(revision->feature_count == 3);
    CHECK(fixture.store().schema_of("shelters", data::LayerState::at(1)).empty());
    CHECK(fixture.store().schema_of("shelters", data::LayerState::at(2)) == spec.schema);
    CHECK(fixture.store().schema_of("shelters", data::LayerState::draft()) == spec.schema);
    CHECK(fixture.store().draft_changes("shelters").removed == 1);
    spec.title_en = "Refuges";
    fixture.store().write([&](auto &books) { revision = books.update_layer(spec, "staff:taro", some_time_us); });
    CHECK_FALSE(revision);
    fixture.require_sound();
    fixture.rollback(1);
    CHECK(fixture.store().find_layer("shelters")->spec.schema.empty());
    CHECK(fixture.store().find_layer("shelters")->spec.title_en == "Refuges");
    CHECK(fixture.store().find_layer("shelters")->revision == 3);
    fixture.require_sound();
    // While an import runs its rows are checked against the schema of its beginning.
    const auto import = fixture.store().write_draft("shelters", data::Store::DraftMode::merge, "staff:taro");
    CHECK_THROWS_AS(fixture.store().write([&](auto &books) { books.update_layer(spec, "staff:taro", some_time_us); }), geo::Error);
}

TEST_CASE("the versions of a feature are found again, the newest first") {
    Published fixture;
    for (int capacity = 1; capacity <= 4; ++capacity) {
        static_cast<void>(fixture.store().edit_features(published_now({replace(point_feature("a", 139, 35, capacity))})));
    }
    const auto versions = fixture.store().feature_versions("shelters", "a", 3);
    REQUIRE(versions.size() == 3);
    CHECK(versions[0].feature == point_feature("a", 139, 35, 4));
    CHECK(versions[2].feature == point_feature("a", 139, 35, 2));
    CHECK(fixture.store().feature_versions("shelters", "nobody", 3).empty());
}

TEST_CASE("the box of a layer follows its outermost features as they are edited away") {
    StoreFixture fixture;
    std::vector<geo::Feature> features;
    for (int i = 0; i < 400; ++i) {
        features.push_back(point_feature("f" + std::to_string(i), 139 + i % 20 * 0.01, 35 + i / 20 * 0.01));
    }
    fixture.import(features);
    fixture.publish();
    for (int i = 0; i < 200; i += 7) {
        static_cast<void>(fixture.store().edit_features(published_now({removing("f" + std::to_string(i)), removing("f" + std::to_string(399 - i))})));
        geo::LonLatBox bounds;
        for (const auto &[id, feature] : published(fixture.store())) {
            bounds.extend(feature.geometry.bounds());
        }
        REQUIRE(fixture.store().find_layer("shelters")->bounds == bounds);
    }
}

TEST_CASE("of two who edit the same feature at once, each having seen the same version, one is told what the other wrote") {
    Published fixture;
    for (int round = 0; round < 20; ++round) {
        const auto seen = fixture.store().find_feature("shelters", data::LayerState::published(), "a")->version;
        std::array<data::EditOutcome, 2> outcomes;
        std::array<std::thread, 2> editors;
        for (std::size_t who = 0; who < 2; ++who) {
            editors[who] = std::thread([&, who] {
                const auto mine = point_feature("a", 139, 35, 10 * round + static_cast<std::int64_t>(who) + 1);
                outcomes[who] = fixture.store().edit_features(published_now({{EditKind::replace, mine, seen, false}}));
            });
        }
        for (auto &editor : editors) {
            editor.join();
        }
        const std::size_t loser = outcomes[0].conflicts.empty() ? 1 : 0;
        REQUIRE(outcomes[loser].conflicts.size() == 1);
        REQUIRE(outcomes[1 - loser].revision);
        CHECK(outcomes[loser].conflicts[0].present->feature == published(fixture.store()).at("a"));
    }
    CHECK(fixture.store().find_layer("shelters")->revision == 21);
}

TEST_CASE("one feature of a layer of 100,000 is edited and published in milliseconds, at the edge and beside a large draft too") {
    StoreFixture fixture;
    {
        const auto writer = fixture.store().write_draft("shelters", data::Store::DraftMode::replace, "staff:hanako");
        for (int i = 0; i < 100'000; ++i) {
            writer->put(point_feature("f" + std::to_string(i), 139 + i % 400 * 0.001, 35 + i / 400 * 0.001));
        }
        static_cast<void>(writer->commit());
    }
    fixture.publish();
    // Of the processors, which other work on the machine hardly lengthens: who goes through the whole layer takes several hundred.
    const auto took_ms = [&](std::vector<data::FeatureEdit> edits) {
        const std::clock_t begin = std::clock();
        CHECK(fixture.store().edit_features(published_now(std::move(edits))).revision);
        return static_cast<double>(std::clock() - begin) * 1000 / CLOCKS_PER_SEC;
    };
    CHECK(took_ms({replace(point_feature("f50000", 139.2, 35.1, 1))}) < 50);
    CHECK(took_ms({removing("f0")}) < 50); // at the corner
    static_cast<void>(fixture.store().edit_features(in_draft({removing("f7")})));
    CHECK(took_ms({replace(point_feature("f50001", 139.2, 35.1, 1))}) < 50);
    fixture.reopen();
    CHECK(took_ms({replace(point_feature("f50002", 139.2, 35.1, 1))}) < 50);
}
