#include "ui/plan_drawing.h"

#include <algorithm>
#include <cmath>

#include "controller/costs/terms.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

using Eigen::Vector4f;

const Vector4f kGhost{0.36F, 0.66F, 0.9F, 0.3F};
const Vector4f kRoot{0.96F, 0.47F, 0.16F, 0.9F};
const Vector4f kFeet[2] = {{0.36F, 0.66F, 0.9F, 0.9F}, {0.76F, 0.55F, 0.88F, 0.9F}};
const Vector4f kGuidance{0.33F, 0.75F, 0.54F, 0.9F};
const Vector4f kForce{0.93F, 0.36F, 0.36F, 0.9F};

// A path as capsules that fade towards the end.
void add_path(const std::vector<Vector3d>& points, double radius, Vector4f color,
              Overlay& overlay) {
  const float alpha = color[3];
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const float left = 1 - static_cast<float>(i) / static_cast<float>(points.size());
    color[3] = alpha * (0.15F + 0.85F * left);
    overlay.markers.push_back(
        {Marker::Shape::kCapsule, points[i], points[i + 1], radius * (0.4 + 0.6 * left), color});
  }
}

std::span<const float> token(const PlanData& plan, int frame) {
  return {plan.states.data() + static_cast<std::size_t>(frame) * plan.width,
          static_cast<std::size_t>(plan.width)};
}

}  // namespace

PlanDrawing::PlanDrawing(std::shared_ptr<const Character> character)
    : character_(std::move(character)), layout_(state_layout(*character_)), solver_(character_) {
  for (const std::string& foot : character_->feet) feet_.push_back(layout_.key_point(foot));
}

const PlanDrawing::Solved& PlanDrawing::solve(int which, const PlanData& plan, int ghosts) {
  if (solved_.size() <= static_cast<std::size_t>(which)) solved_.resize(which + 1);
  Solved& solved = solved_[which];
  if (solved.data == &plan && solved.plan == plan.id && solved.ghosts == ghosts) return solved;
  solved = {plan.id, ghosts, &plan, {}};
  const int future = plan.frames - plan.now - 1;
  for (int g = 1; g <= ghosts; ++g) {
    const int frame = plan.now + std::max(1, g * future / ghosts);
    const Eigen::VectorXd& pose =
        solver_.solve(pose_targets(layout_, token(plan, frame), plan.origin, plan.yaw));
    solved.poses.emplace_back(pose.data(), pose.data() + pose.size());
  }
  return solved;
}

void PlanDrawing::add_paths(const PlanData& plan, Overlay& overlay) const {
  std::vector<Vector3d> root;
  std::vector<std::vector<Vector3d>> feet(feet_.size());
  for (int f = plan.now; f < plan.frames; ++f) {
    const PoseTargets t = pose_targets(layout_, token(plan, f), plan.origin, plan.yaw);
    root.push_back(t.root_position);
    for (std::size_t i = 0; i < feet_.size(); ++i) {
      Vector3d point = t.key_position.col(feet_[i]);
      point.z() = std::max(point.z(), 0.01);
      feet[i].push_back(point);
    }
  }
  add_path(root, 0.014, kRoot, overlay);
  for (std::size_t i = 0; i < feet.size(); ++i) add_path(feet[i], 0.009, kFeet[i % 2], overlay);
}

// The root's part of the guidance step, drawn at every fourth predicted frame.
void PlanDrawing::add_guidance(const PlanData& plan, Overlay& overlay) const {
  if (plan.guidance.size() != plan.states.size()) return;
  const int first = layout_.root_position();
  for (int f = plan.now + 2; f < plan.frames; f += 4) {
    const Vector3d root =
        pose_targets(layout_, token(plan, f), plan.origin, plan.yaw).root_position;
    const float* at = plan.guidance.data() + static_cast<std::size_t>(f) * plan.width;
    Vector3d step(at[first], at[first + 1], at[first + 2]);
    const int velocity = layout_.root_velocity();
    step += 0.3 * Vector3d(at[velocity], at[velocity + 1], at[velocity + 2]);
    step = quat_from_yaw(plan.yaw) * step;
    const double length = step.norm();
    if (length < 1e-3) continue;
    step *= std::min(1.0, 0.6 / length) * 1.5;
    overlay.markers.push_back({Marker::Shape::kArrow, root, root + step, 0.015, kGuidance});
  }
}

void PlanDrawing::add(const Snapshot& snapshot, const ViewSettings& view, int ghosts,
                      Overlay& overlay) {
  for (int i = 0; i < static_cast<int>(snapshot.characters.size()); ++i) {
    const auto& plan = snapshot.characters[i].plan;
    if (!plan) continue;
    if (view.ghosts) {
      const Solved& solved = solve(i, *plan, ghosts);
      for (std::size_t g = 0; g < solved.poses.size(); ++g) {
        Vector4f color = kGhost;
        color[3] *= 1 - 0.7F * static_cast<float>(g) / static_cast<float>(solved.poses.size());
        overlay.ghosts.push_back({solved.poses[g], i, color});
      }
    }
    if (view.paths) add_paths(*plan, overlay);
    if (view.guidance) add_guidance(*plan, overlay);
  }
}

namespace {

constexpr double kFieldReach = 3, kFieldSpacing = 0.2;  // m
constexpr double kRootHeight = 0.9;                     // m

}  // namespace

void add_obstacle_field(const Surroundings& around, const Eigen::Vector2d& centre,
                        Overlay& overlay) {
  const auto cells = static_cast<int>(kFieldReach / kFieldSpacing);
  const auto corner = [](double v) { return kFieldSpacing * std::round(v / kFieldSpacing); };
  for (int i = -cells; i <= cells; ++i) {
    for (int j = -cells; j <= cells; ++j) {
      const Eigen::Vector2d place(corner(centre.x()) + i * kFieldSpacing,
                                  corner(centre.y()) + j * kFieldSpacing);
      const double barrier = root_barrier(around, {place.x(), place.y(), kRootHeight});
      const auto value = static_cast<float>(std::min(barrier, 1.0));
      if (value < 0.06F) continue;
      const Vector3d at(place.x(), place.y(), 0.006);
      overlay.markers.push_back({Marker::Shape::kDisc,
                                 at,
                                 at,
                                 0.4 * kFieldSpacing,
                                 {0.93F, 0.73F - 0.5F * value, 0.25F, 0.15F + 0.5F * value}});
    }
  }
}

void add_blob_shadow(const Eigen::Vector3d& root, Overlay& overlay) {
  for (int ring = 0; ring < 3; ++ring) {
    const Vector3d at(root.x(), root.y(), 0.002 + 0.001 * ring);
    overlay.markers.push_back({Marker::Shape::kDisc, at, at, 0.34 - 0.08 * ring, {0, 0, 0, 0.1F}});
  }
}

void add_contacts(const std::vector<ContactForce>& contacts, Overlay& overlay) {
  for (const ContactForce& c : contacts) {
    overlay.markers.push_back(
        {Marker::Shape::kArrow, c.position, c.position + 0.001 * c.force, 0.015, kForce});
  }
}

}  // namespace foresight
