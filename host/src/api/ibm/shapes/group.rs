//! Secret groups.

use utoipa::ToSchema;

/// Secret groups.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Groups {
    groups: Vec<Group>,
}

/// A secret group.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Group {
    #[schema(format = DateTime)]
    creation_date: String,
    #[schema(required = false)]
    description: String,
    id: String,
    #[schema(format = DateTime)]
    last_update_date: String,
    name: String,
    r#type: String,
}

/// What a secret group is to be called.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct NewGroup {
    #[schema(min_length = 2, max_length = 64)]
    name: String,
    /// 2 to 1024 characters; an empty text takes it away.
    description: Option<String>,
}
