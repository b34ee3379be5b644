#include "tiles/feature_texts.hpp"

#include "tiles/limits.hpp"
#include "tiles/snapshot_part.hpp"

#include <algorithm>
#include <memory>

namespace keyaki::tiles {

namespace {

std::atomic<std::size_t> in_use{0}; // bytes, of all parts

/// False, with nothing taken, where there is no room for so many.
bool take_room(std::size_t bytes) noexcept {
    if (in_use.fetch_add(bytes) + bytes <= max_feature_text_bytes) {
        return true;
    }
    in_use.fetch_sub(bytes);
    return false;
}

} // namespace

/// Stands for a block of which one feature was asked for: a filter that finds one in a thousand is not to have its neighbours written too.
const FeatureTexts::Block FeatureTexts::asked_once;
/// Stands for a block that was found too long, so that it is not written again to be found so.
const FeatureTexts::Block FeatureTexts::too_long;

std::size_t FeatureTexts::Block::bytes() const noexcept { return sizeof(Block) + ends.capacity() * sizeof(ends[0]) + text.capacity(); }

FeatureTexts::FeatureTexts(const SnapshotPart &part) : m_part(part), m_blocks((part.size() + block_features - 1) / block_features) {}

FeatureTexts::~FeatureTexts() {
    for (const std::atomic<const Block *> &slot : m_blocks) {
        const Block *block = slot.load(std::memory_order_acquire);
        if (is_kept(block)) {
            in_use.fetch_sub(block->bytes());
            const std::unique_ptr<const Block> owner(block); // the slot was
        }
    }
}

std::size_t FeatureTexts::bytes_in_use() noexcept { return in_use.load(); }

const FeatureTexts::Block *FeatureTexts::make(std::uint32_t number, Write write) const {
    if (bytes_in_use() + max_feature_text_block_bytes > max_feature_text_bytes) {
        return nullptr; // before anything is written: with a full room this is asked for each feature of each page
    }
    auto block = std::make_unique<Block>();
    const std::uint32_t begin = number * block_features;
    const std::uint32_t end = std::min(begin + block_features, m_part.size());
    block->ends.reserve(end - begin);
    for (std::uint32_t index = begin; index < end; ++index) {
        write(block->text, m_part, index);
        if (block->text.size() > max_feature_text_block_bytes) {
            const Block *there = &asked_once;
            m_blocks[number].compare_exchange_strong(there, &too_long, std::memory_order_relaxed);
            return nullptr;
        }
        block->ends.push_back(static_cast<std::uint32_t>(block->text.size()));
    }
    block->text.shrink_to_fit();
    if (!take_room(block->bytes())) {
        return nullptr;
    }
    const Block *there = &asked_once;
    if (m_blocks[number].compare_exchange_strong(there, block.get(), std::memory_order_acq_rel)) {
        return block.release();
    }
    in_use.fetch_sub(block->bytes()); // another thread was as quick
    return is_kept(there) ? there : nullptr;
}

std::optional<std::string_view> FeatureTexts::find_or_make(std::uint32_t index, Write write) const {
    const std::uint32_t number = index / block_features;
    const Block *block = m_blocks[number].load(std::memory_order_acquire);
    if (block == nullptr) {
        m_blocks[number].compare_exchange_strong(block, &asked_once, std::memory_order_relaxed);
        return std::nullopt;
    }
    if (block == &asked_once) {
        block = make(number, write);
    }
    if (!is_kept(block)) {
        return std::nullopt;
    }
    const std::uint32_t place = index % block_features;
    const std::uint32_t begin = place == 0 ? 0 : block->ends[place - 1];
    return std::string_view(block->text).substr(begin, block->ends[place] - begin);
}

} // namespace keyaki::tiles
