#pragma once

#include "data/store.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace keyaki::test {

/// A store in front of another one: calls `before` ahead of each call, in the caller's thread, and then passes the call on.
class PassingStore : public data::Store {
  public:
    PassingStore(data::Store &store, std::function<void()> before) : m_store(store), m_before(std::move(before)) {}

    using View = std::string_view;
    std::vector<data::Layer> layers() override { return next().layers(); }
    std::optional<data::Layer> find_layer(View id) override { return next().find_layer(id); }
    std::vector<data::Revision> revisions(View layer) override { return next().revisions(layer); }
    data::Layer read_features(View layer, data::LayerState state, const FeatureVisitor &visit) override {
        return next().read_features(layer, state, visit);
    }
    data::DraftChanges draft_changes(View layer) override { return next().draft_changes(layer); }
    data::DraftSummary draft_summary(View layer) override { return next().draft_summary(layer); }
    data::Layer read_draft_changes(View layer, const ChangeVisitor &visit) override { return next().read_draft_changes(layer, visit); }
    data::Layer read_draft_changes(View layer, const data::ChangePage &page, const PageVisitor &visit) override {
        return next().read_draft_changes(layer, page, visit);
    }
    void read_draft_edits(View layer, const EditVisitor &visit) override { next().read_draft_edits(layer, visit); }
    void read_own_edits(View layer, const OwnEditVisitor &visit) override { next().read_own_edits(layer, visit); }
    std::optional<data::OsmExtract> find_osm_extract() override { return next().find_osm_extract(); }
    std::shared_ptr<void> lock_osm() override { return next().lock_osm(); }
    data::OsmExtract read_osm_extract(const std::function<void(View)> &visit) override { return next().read_osm_extract(visit); }
    void read_changes(View layer, std::uint64_t from, std::uint64_t to, const ChangeVisitor &visit) override {
        next().read_changes(layer, from, to, visit);
    }
    void read_changes(View layer, std::uint64_t from, std::uint64_t to, const data::ChangePage &page, const PageVisitor &visit) override {
        next().read_changes(layer, from, to, page, visit);
    }
    std::optional<data::StoredFeature> find_feature(View layer, data::LayerState state, View id) override {
        return next().find_feature(layer, state, id);
    }
    std::vector<data::StoredFeature> feature_versions(View layer, View id, std::size_t limit) override {
        return next().feature_versions(layer, id, limit);
    }
    std::string schema_of(View layer, data::LayerState state) override { return next().schema_of(layer, state); }

    std::optional<data::CheckIn> find_check_in(View id) override { return next().find_check_in(id); }
    std::vector<data::Stamp> stamps_of(View member) override { return next().stamps_of(member); }
    void read_books(const std::function<void(data::Books &)> &read) override { next().read_books(read); }
    std::optional<data::Account> find_account(View id) override { return next().find_account(id); }
    std::vector<data::Account> accounts() override { return next().accounts(); }
    std::vector<data::Transfer> transfers(View account, std::uint64_t after, std::size_t limit) override {
        return next().transfers(account, after, limit);
    }
    data::LedgerHead ledger_head() override { return next().ledger_head(); }
    std::optional<data::Transfer> find_transfer(View id) override { return next().find_transfer(id); }
    std::optional<data::Transfer> find_transfer(std::uint64_t sequence) override { return next().find_transfer(sequence); }
    std::optional<data::Transfer> find_end(std::uint64_t sequence) override { return next().find_end(sequence); }
    std::vector<data::Transfer> waiting_transfers(std::int64_t after_us, std::uint64_t after, std::size_t limit) override {
        return next().waiting_transfers(after_us, after, limit);
    }
    bool is_anything_due(std::int64_t now_us) override { return next().is_anything_due(now_us); }
    std::optional<data::Account> account_at(View id, std::int64_t at_us) override { return next().account_at(id, at_us); }
    data::ShopStatement shop_statement(View shop, std::int64_t from_us, std::int64_t to_us) override {
        return next().shop_statement(shop, from_us, to_us);
    }
    std::vector<data::Shop> shops() override { return next().shops(); }
    std::vector<data::PurposeClass> purpose_classes() override { return next().purpose_classes(); }
    data::LedgerReport verify_ledger() override { return next().verify_ledger(); }

    std::vector<data::Webhook> webhooks() override { return next().webhooks(); }
    std::vector<data::WebhookFigures> webhook_figures() override { return next().webhook_figures(); }
    std::vector<data::BacklogItem> waiting_items(View webhook) override { return next().waiting_items(webhook); }
    std::vector<data::DeadLetter> dead_letters(View webhook, const data::DeadLetterPlace &after, std::size_t limit) override {
        return next().dead_letters(webhook, after, limit);
    }
    std::vector<data::NumberedEvent> outbox_events(std::uint64_t after, std::size_t limit) override { return next().outbox_events(after, limit); }
    std::vector<data::NumberedEvent> outbox_events(const std::vector<std::uint64_t> &numbers) override { return next().outbox_events(numbers); }
    bool has_outbox_before(std::int64_t before_us) override { return next().has_outbox_before(before_us); }
    std::vector<data::Rally> rallies() override { return next().rallies(); }
    std::optional<data::CityName> city() override { return next().city(); }
    std::vector<data::ApiKey> keys() override { return next().keys(); }
    std::optional<data::ApiKey> find_key(const data::Hash &hash) override { return next().find_key(hash); }
    std::vector<data::AuditEntry> audit(std::size_t limit) override { return next().audit(limit); }
    std::uint64_t change_counter() override { return next().change_counter(); }

    void write(const std::function<void(data::WriteTransaction &)> &change) override { next().write(change); }
    data::EditOutcome edit_features(const data::LayerEdit &edit) override { return next().edit_features(edit); }
    std::unique_ptr<data::DraftWriter> write_draft(View layer, DraftMode mode, View author) override {
        return next().write_draft(layer, mode, author);
    }
    std::vector<std::string> check() override { return next().check(); }
    void backup(const std::filesystem::path &target) override { next().backup(target); }
    data::WriterStatistics writer_statistics() override { return next().writer_statistics(); }

  private:
    data::Store &next() {
        m_before();
        return m_store;
    }

    data::Store &m_store;
    std::function<void()> m_before;
};

} // namespace keyaki::test
